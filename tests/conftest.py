"""What holds for every test: a fixed place and time, no leftovers, no unexpected word from Qt.

Nothing here starts Qt: a test that wants it asks for ``qtbot`` or ``qapp``. QtWebEngine wants attributes set before the
application exists, so its tests run it in a process of their own (``sys.executable -c``, an Xvfb display) and are marked
``webengine``.
"""

import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from feeds.store.database import Database
from tests.fakes.postgres import Cluster, a_cluster
from tests.fakes.stores import KINDS, a_store, a_store_url, an_empty_url, stores_on

# An odd zone on purpose: code that reads the machine's own time instead of the city's is wrong by 75 minutes here.
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()
for name in ("LANG", "LC_ALL"):
    os.environ[name] = "C.UTF-8"
os.environ.pop("LANGUAGE", None)
# Whom this machine believes is no test's business, and a folder of 150 files would be read anew by each client of each test.
for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(name, None)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Where it is set, each worker compiles every test and each program a test starts the whole house: minutes of a run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
if os.geteuid() == 0:
    # Chromium refuses to run as root with its sandbox on; never set otherwise.
    os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

pytest_plugins = ["tests.leftovers", "pytester"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that began last would keep a single worker busy at the end (pytest-xdist, loadfile)."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the source tree."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def not_this_users_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a fixture of a whole module starts begins before ``state_home``, and never in the home of who runs the tests."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own for every test, and for the programs it starts."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files beside the source tree; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real files are not here: {SHARED_DATA} is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres() -> Generator[Cluster]:
    """One PostgreSQL for the session (one for each xdist worker); without PostgreSQL on the machine the test fails."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture(params=KINDS)
def both_stores(request: pytest.FixtureRequest, postgres: Cluster) -> Generator[Cluster | None]:
    """Makes a test run on SQLite (``None``) and on PostgreSQL, with every ``a_store()`` it opens.

    For a whole module: ``pytestmark = pytest.mark.usefixtures("both_stores")``.
    """
    cluster = postgres if request.param == "postgresql" else None
    with stores_on(cluster):
        yield cluster


@pytest.fixture
def database(both_stores: Cluster | None) -> Generator[Database]:
    """A store of its own, brought up and empty, on both kinds of database."""
    with a_store(both_stores) as opened:
        yield opened


@pytest.fixture
def database_url(both_stores: Cluster | None) -> Generator[str]:
    """As ``database``, for programs that open it themselves."""
    with a_store_url(both_stores) as url:
        yield url


@pytest.fixture
def empty_url(both_stores: Cluster | None) -> Generator[str]:
    """The URL of a database without tables, of both kinds."""
    with an_empty_url(both_stores) as url:
        yield url
