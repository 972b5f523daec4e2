"""A plugin that serves this folder's page below `/example/`, from the origin of the API: pages of other origins may not ask it.

The page itself is public and holds no data; whatever it shows it asks for with the token of the person who looks at it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.plugins import HubServices, Public, RoutesDescription, RoutesFactory, declares, hookimpl

PATH = "/example"
MEDIA_TYPES: Mapping[str, str] = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".graphql": "application/graphql"}
"""What is served, by the ends of names; whatever else lies in the folder is not."""

_SOURCES: Mapping[str, str] = {
    **dict.fromkeys(("script-src", "style-src", "connect-src"), "'self'"),
    **dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'"),
}
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _SOURCES.items()),
}
"""The browser loads nothing from elsewhere and runs nothing but our modules; the hub adds its other headers itself."""

_PAGE = Public("a page without data: what it shows it asks for with the token of its reader")


class FrontEndRoutes:
    """Adds `/example/` and the files beside it."""

    name = "example"

    def build(self, services: HubServices) -> Sequence[BaseRoute]:
        """The routes; the files are read once. The services are not used: the page has only what the API gives."""
        del services
        files = _files(Path(__file__).parent)

        @declares(_PAGE)
        async def file(request: Request) -> Response:
            found = files.get(request.path_params.get("name", "index.html"))
            return Response(status_code=404) if found is None else Response(found[0], media_type=found[1], headers=dict(HEADERS))

        @declares(_PAGE)
        async def folder(_: Request) -> Response:
            return RedirectResponse(f"{PATH}/")

        return [Route(PATH, folder), Route(f"{PATH}/", file), Route(f"{PATH}/{{name}}", file)]

    def describe(self) -> RoutesDescription | None:
        """Nothing to print."""
        return None


def _files(folder: Path) -> Mapping[str, tuple[bytes, str]]:
    """The content and media type of every file that is served, by name."""
    return {path.name: (path.read_bytes(), MEDIA_TYPES[path.suffix]) for path in folder.iterdir() if path.suffix in MEDIA_TYPES}


@hookimpl
def hub_routes() -> list[RoutesFactory]:
    """The routes of the page."""
    return [FrontEndRoutes()]
