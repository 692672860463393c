# A folder of wheels as an image, so that a build can read it wherever the engine runs. scripts/build removes it.
FROM scratch
COPY . /
