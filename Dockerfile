# syntax=docker/dockerfile:1

# Stageproof with its sandbox. Build and use:
#   docker build -t stageproof .
#   docker run --rm -v "$PWD:/work" -e AWS_PROFILE -v ~/.aws:/home/stageproof/.aws:ro stageproof run dev
# The tag tells people which Python, the digest which image; renew both together.
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /source
# Libraries first: they change seldom, so their layer is kept while the sources change.
COPY pyproject.toml constraints.txt LICENSE README.md ./
COPY stageproof/__init__.py stageproof/__init__.py
COPY examples/users-api/stageproof.toml examples/users-api/stageproof.toml
RUN python -m venv /opt/stageproof \
    && mkdir gateway contracts probes alarms dashboards reports sandbox \
    && /opt/stageproof/bin/pip install --constraint constraints.txt '.[sandbox]' \
    && /opt/stageproof/bin/pip uninstall --yes stageproof
COPY . .
RUN /opt/stageproof/bin/pip install --no-deps .

FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

RUN useradd --create-home --uid 1000 stageproof \
    && install --directory --owner stageproof /work
COPY --from=build /opt/stageproof /opt/stageproof
ENV PATH=/opt/stageproof/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 1000
WORKDIR /work
ENTRYPOINT ["stageproof"]
CMD ["--help"]
