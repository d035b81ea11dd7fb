"""A checkpoint that transformers loaded, and what it does with a batch of requests.

Knows no queue: `transformers` decides which requests come together and when. All of it runs on one
thread. The hard thing is the differences between families: templates that know no system turn,
several end tokens, padding on the left or on the right, positions that must skip the padding.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import ModelError, ModelFailed, ModelMissing
from bot.models.running import Clean, Request, shares
from bot.models.tokens import Known, strip
from bot.types import Completion, Turn, Urgency

if TYPE_CHECKING:
    import torch

_BLOCK = re.compile(r"^<(?P<tag>[a-z_0-9]+)>\n(?P<inside>.*?)\n</(?P=tag)>$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformersSettings:
    """How the model runs."""

    context: int = 4096
    batch: int = 8
    """Most requests generated together."""
    threads: int = 0
    queue: int = 64
    device: str = "auto"
    offline: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One request on its way to the model's thread and back."""

    turns: tuple[Turn, ...]
    max_tokens: int
    stop: tuple[str, ...]
    temperature: float
    urgency: Urgency
    arrival: int
    request: Request
    clean: Clean
    choices: tuple[str, ...] = ()
    """Not empty: `choose` asks, and the first token's logits answer."""
    future: Future[Any] = field(default_factory=Future)
    started: float = 0.0
    prompt_tokens: int = 0

    @property
    def kind(self) -> tuple[bool, float]:
        """Only jobs of one kind share a batch."""
        return bool(self.choices), self.temperature


def refuse(jobs: Sequence[Job], error: ModelError) -> None:
    """Answer every job that has no answer yet with `error`."""
    for job in jobs:
        if not job.future.done():
            with suppress(Exception):  # cancelled in this very moment
                job.future.set_exception(error)


def settle(job: Job, result: Any) -> None:
    """Give a job its answer, unless its caller is gone."""
    with suppress(Exception):
        job.future.set_result(result)


class Checkpoint:
    """A loaded model; all of its methods run on the generator's thread."""

    def __init__(self, model: Any, tokenizer: Any, settings: TransformersSettings, name: str) -> None:
        self.model, self.tokenizer, self.settings, self.name = model, tokenizer, settings, name
        self.seq2seq = bool(model.config.is_encoder_decoder)
        self.known = Known(tokenizer.all_special_tokens)
        tasks = getattr(model.config, "task_specific_params", None) or {}
        self.prefix = str(tasks.get("summarization", {}).get("prefix", ""))  # T5 wants `summarize: `
        longest = getattr(model.config, "max_position_embeddings", None) or settings.context
        self.context = min(settings.context, longest)

    def run(self, jobs: list[Job]) -> None:
        """Generate for all of `jobs` together; each is settled as soon as it is over."""
        started = time.monotonic()
        ready: list[tuple[Job, list[int]]] = []
        for job in jobs:
            job.started = started
            try:
                ready.append((job, self.tokens(job)))
            except ModelError as error:
                refuse([job], error)
        ready.sort(key=lambda pair: len(pair[1]))
        for group in _alike([len(t) for _, t in ready]):
            self._together([ready[i] for i in group])

    def tokens(self, job: Job) -> list[int]:
        """The job's prompt as token ids; raises ModelFailed where it does not fit."""
        if self.seq2seq:
            text = self.prefix + self.known.neutralise(material(job.turns[-1].text))
            ids: list[int] = self.tokenizer(text, truncation=True, max_length=self.context)["input_ids"]
        else:
            ids = self._chat(job.turns)
            if len(ids) + job.max_tokens > self.context:
                raise ModelFailed(
                    f"the prompt has {len(ids)} tokens and the answer may have {job.max_tokens}, "
                    f"the context {self.context}",
                    model=self.name,
                )
        job.prompt_tokens = len(ids)
        return ids

    def _chat(self, turns: Sequence[Turn]) -> list[int]:
        messages = [{"role": t.role, "content": self.known.neutralise(t.text)} for t in turns]
        if self.tokenizer.chat_template:
            text = self._template(messages)
            return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        text = "\n\n".join(m["content"] for m in messages) + "\n\n"
        return list(self.tokenizer(text)["input_ids"])

    def _template(self, messages: list[dict[str, str]]) -> str:
        from jinja2.exceptions import TemplateError

        options = {"tokenize": False, "add_generation_prompt": True}
        try:
            return str(self.tokenizer.apply_chat_template(messages, **options))
        except TemplateError:
            # Gemma and old Mistral know no system turn: what it says opens the first user turn.
            merged = "\n\n".join(m["content"] for m in messages if m["role"] == "system")
            rest = [m for m in messages if m["role"] != "system"]
            if not rest or not merged:
                raise
            rest[0] = {**rest[0], "content": f"{merged}\n\n{rest[0]['content']}"}
            return str(self.tokenizer.apply_chat_template(rest, **options))

    def _together(self, pairs: list[tuple[Job, list[int]]]) -> None:
        import torch

        from bot.models.stopping import Watch

        jobs = [job for job, _ in pairs]
        ids, mask = self._pad([tokens for _, tokens in pairs])
        with torch.inference_mode():
            if jobs[0].choices:
                self._choose(jobs, ids, mask)
                return
            start = 1 if self.seq2seq else ids.shape[1]
            rows = [(j.request, j.clean, j.stop, j.max_tokens) for j in jobs]

            def over(row: int, ended: tuple[str, int, bool]) -> None:
                settle(jobs[row], self._completion(jobs[row], ended))

            watch = Watch(self.tokenizer, rows, start=start, ends=self._ends, over=over)
            warm = jobs[0].temperature > 0
            out = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max(j.max_tokens for j in jobs),
                do_sample=warm,
                **({"temperature": jobs[0].temperature} if warm else {}),
                num_beams=1,
                pad_token_id=self._pad_id,
                stopping_criteria=[watch],
            )
        watch.finish(out)

    def _completion(self, job: Job, ended: tuple[str, int, bool]) -> Any:
        text, count, truncated = ended
        return Completion(
            text=strip(text),
            prompt_tokens=job.prompt_tokens,
            completion_tokens=count,
            seconds=time.monotonic() - job.started,
            truncated=truncated,
        )

    def _choose(self, jobs: list[Job], ids: torch.Tensor, mask: torch.Tensor) -> None:
        import torch

        extra = {}
        if self.seq2seq:
            begin = self.model.config.decoder_start_token_id or self._pad_id
            extra["decoder_input_ids"] = torch.full((len(jobs), 1), begin, device=ids.device)
        else:
            extra["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
        logits = self.model(input_ids=ids, attention_mask=mask, **extra).logits[:, -1].float()
        top = torch.softmax(logits, dim=-1).topk(min(200, logits.shape[-1]), dim=-1)
        for row, job in enumerate(jobs):
            words = [self.tokenizer.decode([t]) for t in top.indices[row].tolist()]
            settle(job, shares(job.choices, list(zip(words, top.values[row].tolist(), strict=True))))

    def _pad(self, prompts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Left padding for causal models, so that all prompts end together; right for encoders."""
        import torch

        longest = max(len(p) for p in prompts)
        rows, masks = [], []
        for prompt in prompts:
            fill = longest - len(prompt)
            pad, none, real = [self._pad_id] * fill, [0] * fill, [1] * len(prompt)
            rows.append(prompt + pad if self.seq2seq else pad + prompt)
            masks.append(real + none if self.seq2seq else none + real)
        device = self.model.device
        return torch.tensor(rows, device=device), torch.tensor(masks, device=device)

    @property
    def _ends(self) -> frozenset[int]:
        """Tokens that end an answer; chat models often have several."""
        end = self.model.generation_config.eos_token_id
        known = [*(end if isinstance(end, list) else [end]), self.tokenizer.eos_token_id]
        return frozenset(t for t in known if t is not None)

    @property
    def _pad_id(self) -> int:
        found = self.tokenizer.pad_token_id
        return int(found if found is not None else min(self._ends, default=0))


def material(text: str) -> str:
    """What stands between tags on lines of their own, without the instructions around; else all of it."""
    blocks = [m["inside"] for m in _BLOCK.finditer(text)]
    return "\n".join(blocks) or text


def _alike(lengths: Sequence[int]) -> list[list[int]]:
    """Group sorted lengths so that nowhere more than half of a row is padding."""
    groups: list[list[int]] = []
    for index, length in enumerate(lengths):
        if groups and length <= 2 * lengths[groups[-1][0]]:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def load(source: str, settings: TransformersSettings, *, name: str) -> Checkpoint:
    """Load tokenizer and model; raises ModelMissing (can't be had), ModelFailed (can't run)."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    device = _device(settings.device)
    # A CPU without bfloat16 arithmetic emulates it, several times slower than float32.
    dtype = torch.bfloat16 if device != "cpu" else torch.float32
    local = {"local_files_only": settings.offline}
    try:
        config = AutoConfig.from_pretrained(source, **local)
        family = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        tokenizer = AutoTokenizer.from_pretrained(source, **local)
        model = family.from_pretrained(source, dtype=dtype, **local)
    except OSError as error:
        raise ModelMissing(f"can't be had: {str(error).splitlines()[0]}", model=name) from error
    except (ValueError, RuntimeError, ImportError) as error:
        raise ModelFailed(f"can't be loaded: {str(error).splitlines()[0]}", model=name) from error
    if settings.threads:
        torch.set_num_threads(settings.threads)
    # The checkpoint's own sampling habits (beams, minimum lengths for CNN) are not ours.
    model.generation_config.max_length = None
    return Checkpoint(model.to(device).eval(), tokenizer, settings, name)


def _device(wanted: str) -> str:
    import torch

    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
