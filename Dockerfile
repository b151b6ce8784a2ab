# recursion-lint in a container: no root, no network, nothing to write. Run it on the current folder:
#   docker build -t recursion-lint .
#   docker run --rm --network none --read-only --cap-drop ALL -v "$PWD:/work:ro" recursion-lint check
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /opt/recursion-lint \
    && /opt/recursion-lint/bin/pip install --require-hashes --only-binary :all: -r requirements/runtime.txt \
    && pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml MANIFEST.in README.md LICENSE ./
COPY recursion_lint recursion_lint
COPY rules rules
# What builds it stays behind: only its wheel goes on.
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/recursion-lint/bin/pip install --no-deps /wheel/*.whl \
    && /opt/recursion-lint/bin/pip uninstall --yes pip

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
COPY --from=build /opt/recursion-lint /opt/recursion-lint
ENV PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /work
# -I: nothing that lies in the folder that is checked is imported.
ENTRYPOINT ["/opt/recursion-lint/bin/python", "-I", "-m", "recursion_lint"]
CMD ["check"]
