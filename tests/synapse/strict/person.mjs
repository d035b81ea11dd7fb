// A person on matrix-js-sdk who talks only with devices that their owner signed (MSC4153).
//   node person.mjs URL USER PASSWORD BOT QUESTION
// Asks the bot in an encrypted room; prints what came back, and how it was marked, as one line of JSON.

import "fake-indexeddb/auto";
import * as sdk from "matrix-js-sdk";
import { OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

const [baseUrl, user, password, bot, question] = process.argv.slice(2);
logger.setLevel?.("error");

const proof = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
const login = await sdk.createClient({ baseUrl }).loginRequest(proof);
const client = sdk.createClient({
    baseUrl,
    userId: login.user_id,
    deviceId: login.device_id,
    accessToken: login.access_token,
});
await client.initRustCrypto({ useIndexedDB: false });
const crypto = client.getCrypto();
crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(proof) });
await client.startClient({ initialSyncLimit: 20 });

const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
const { room_id: room } = await client.createRoom({ invite: [bot], initial_state: [encryption] });
const answered = new Promise((resolve) => {
    client.on(sdk.MatrixEventEvent.Decrypted, (event) => {
        if (event.getSender() === bot) resolve(event);
    });
});
while (client.getRoom(room)?.getMember(bot)?.membership !== "join") {
    await new Promise((resolve) => setTimeout(resolve, 100));
}
await client.sendTextMessage(room, question);
const event = await answered;
const marked = await crypto.getEncryptionInfoForEvent(event);
console.log(
    JSON.stringify({ body: event.getContent().body, shield: marked.shieldColour, reason: marked.shieldReason }),
);
process.exit(0);
