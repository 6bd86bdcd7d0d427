from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

# Of others the database may have migrations that they dropped long ago, which says nothing.
_OURS = {"conferences", "registration"}


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is of this version; one that is away is 503 by `errors`."""
    if reason := why_not_of_this_version():
        return HttpResponse(f"{reason}\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def why_not_of_this_version(*, may_be_older: bool = False) -> str:
    """What is wrong with the database and what to do, for who runs the site; empty when its tables are those that this
    version knows, or with `may_be_older` those of one before.
    """
    executor = MigrationExecutor(connection)
    applied = executor.loader.applied_migrations
    known = set(executor.loader.disk_migrations)
    for replaced in (set(migration.replaces) for migration in executor.loader.replacements.values()):
        known |= replaced
        # Django then leaves out the one that replaces them, and with it what the rest of them would have done.
        if replaced & applied.keys() and replaced - applied.keys():
            return "the database is too old for this version: migrate it with one between them first"
    newer = sorted(key for key in applied if key[0] in _OURS and key not in known)
    if newer:
        return f"the database is of a newer version ({'.'.join(newer[-1])}): install that, or restore a backup"
    if not may_be_older and executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "migrations are missing: run manage.py migrate"
    return ""
