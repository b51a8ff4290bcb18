# Build: the wheel, with the browser library from npm, and an environment that holds it and nothing for tests.
FROM python:3.13-slim AS build
# The Node.js that the build hook brings is linked to libatomic.
RUN apt-get update && apt-get install --yes --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir uv
WORKDIR /src
COPY . .
RUN uv build --wheel --out-dir /dist \
 && uv venv /opt/zoturi \
 && uv pip install --no-cache --compile-bytecode --python /opt/zoturi/bin/python /dist/*.whl

# Run: no compiler, no npm, no shell needed, no root.
FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin zoturi \
 && install --directory --owner=zoturi --group=zoturi --mode=0700 /data
COPY --from=build /opt/zoturi /opt/zoturi
ENV PATH=/opt/zoturi/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ZOTURI_DATA=/data \
    ZOTURI_HOST=0.0.0.0 \
    ZOTURI_PORT=8080
USER zoturi
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['ZOTURI_PORT'] + '/health/live', timeout=4)"]
# serve drains its sockets and ends within 15 seconds of SIGTERM: give it that long (docker stop --time 20).
STOPSIGNAL SIGTERM
CMD ["zoturi", "serve"]
