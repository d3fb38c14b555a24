# syntax=docker/dockerfile:1

# Stageproof with its sandbox. Build and use:
#   docker build -t stageproof .
#   docker run --rm -v "$PWD:/work" -e AWS_PROFILE -v ~/.aws:/home/stageproof/.aws:ro stageproof run dev
# The tag tells people which Python, the digest which image; renew both together.
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build

WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/stageproof \
    && /opt/stageproof/bin/pip install --disable-pip-version-check --constraint constraints.txt '.[sandbox]'

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
