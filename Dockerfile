# docker build -t dfmcheck .
# docker run --rm -v "$PWD:/work" dfmcheck board.kicad_pcb
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY dfmcheck dfmcheck
COPY rules rules
RUN python -m venv /opt/dfmcheck && /opt/dfmcheck/bin/pip install --no-cache-dir '.[png]'

FROM python:3.13-slim
COPY --from=build /opt/dfmcheck /opt/dfmcheck
RUN useradd --create-home --uid 1000 dfmcheck
USER 1000
WORKDIR /work
ENV PATH="/opt/dfmcheck/bin:$PATH"
ENTRYPOINT ["dfmcheck"]
