"""
The ASGI application: ``granian --interface asgi marketplace.payment.sandbox.app:app``.

Configured by the environment (see ``config.py``), which is read when the process starts to serve, not on import.
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from marketplace.payment.sandbox.api import Api
from marketplace.payment.sandbox.api_routes import routes as api_routes
from marketplace.payment.sandbox.config import Config, config_from
from marketplace.payment.sandbox.control import Control
from marketplace.payment.sandbox.database import Database
from marketplace.payment.sandbox.hosted import Hosted
from marketplace.payment.sandbox.upkeep import Upkeep

ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def build(config: Config) -> Starlette:
    """The application over the database that its configuration names."""
    database = Database(config.database_url)
    upkeep = Upkeep(config, database)
    api = Api(config, database, upkeep.wake)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await database.prepare()
        async with upkeep.running():
            yield
        await database.close()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/healthz", healthz),
            *Control(config, database, upkeep).routes(),
            *Hosted(config, database, upkeep.wake).routes(),
            *api_routes(api),
            Route("/{path:path}", api.unknown, methods=ANY_METHOD),
        ],
    )


logging.basicConfig(level=os.environ.get("SANDBOX_LOG_LEVEL", "WARNING"))
app = build(config_from())
