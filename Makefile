.PHONY: demo check fast all lock pictures
demo:
	./demo
check:
	./check
fast:
	./check --fast
all:
	./check --all
# The pictures of the documentation.
pictures:
	.venv/bin/python -m tests.pictures
# Locks name versions and hashes, and no index address.
lock:
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	.venv/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements.lock -o requirements-dev.lock
	printf 'uv\nhatchling\neditables\n' | .venv/bin/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements-dev.lock -o requirements-build.lock
	.venv/bin/uv pip compile requirements-s3.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-s3.lock
