# The web process and the workers, as one image that runs as nobody in particular.
# PyTorch's CPU build is the default; for GPUs: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128
FROM python:3.11-slim-bookworm

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# For `manage.py backup` of a PostgreSQL server
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /home/playground playground \
    && install -d -o playground -g playground /home/playground/var

WORKDIR /playground
COPY requirements.txt .
RUN pip install --extra-index-url "$TORCH_INDEX" -r requirements.txt
COPY manage.py pyproject.toml ./
COPY trainer trainer
COPY playground playground
COPY templates templates
COPY static static

# Static files are gathered into the image: every web process serves the same ones, and home may be empty.
ENV PLAYGROUND_HOME=/home/playground/var STATIC_ROOT=/playground/gathered DJANGO_SETTINGS_MODULE=playground.settings
RUN SECRET_KEY=only-for-gathering-static-files-in-the-image python manage.py collectstatic --noinput --verbosity 0

USER playground
VOLUME /home/playground/var
EXPOSE 8000
CMD ["uvicorn", "playground.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", \
     "--no-access-log", "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "5"]
