from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.hands import School
from tests.support.browser import chromium
from tests.support.server import serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    """Whoever uses it runs in the module's event loop: `pytest.mark.asyncio(loop_scope="module")`."""
    async with serving(tmp_path_factory.mktemp("school")) as server, chromium() as browser:
        yield School(server, browser)
