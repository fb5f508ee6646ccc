# One image for every part of Trellis; compose.yaml says which part a container is.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOST=0.0.0.0 PORT=8000
WORKDIR /srv/trellis

COPY requirements.txt requirements-scale.txt ./
RUN pip install --no-cache-dir -r requirements-scale.txt

COPY manage.py LICENSE ./
COPY contacts contacts
COPY builder builder
COPY engine engine
COPY trellis trellis
COPY static static
COPY templates templates

RUN useradd --system --home-dir /data trellis && mkdir /data && chown trellis /data
USER trellis
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "run"]
