.PHONY: test
test:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python manage.py makemigrations --check --dry-run
	.venv/bin/python -m pytest

# BENCH=quick measures scans alone, on PostgreSQL with 10,000 people.
.PHONY: bench
bench:
	.venv/bin/python -m tests.bench
