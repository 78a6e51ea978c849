"""`ait serve`: the whole system, embedded servers included."""

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, help="Run the whole system, embedded servers included."
)


@app.callback(invoke_without_command=True)
def serve(
    port: Annotated[int | None, typer.Option(help="Where the web app listens.")] = None,
    host: Annotated[str | None, typer.Option(help="On which address (default: this machine alone).")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where all state lies.")] = None,
) -> None:
    """Serve the web app, REST, MCP and the OpenAI-compatible endpoint; Ctrl C ends it cleanly."""
    for name, value in (("AIT_PORT", port), ("AIT_HOST", host), ("AIT_DATA_DIR", data_dir)):
        if value is not None:
            os.environ[name] = str(value)  # the relay and the workers read it too
    # The web stack and the graphs cost a second to import; `ait serve --help` does not need them.
    import uvicorn

    from core.settings import Settings
    from core.telemetry import configure
    from graphs.turns import Turns
    from modules.installation import Installation
    from server.app import create_app
    from server.background import beside

    settings = Settings()
    configure(settings.log_level)
    installation = Installation.open(settings)
    installation.people.owner()
    try:
        with beside():
            web = create_app(installation, Turns(installation))
            config = uvicorn.Config(
                web,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # no client's word for its own address
                timeout_graceful_shutdown=8,
                server_header=False,
            )
            typer.echo(f"AIT-CORE Soriano · {settings.url}", err=True)
            uvicorn.Server(config).run()
    finally:
        installation.close()
