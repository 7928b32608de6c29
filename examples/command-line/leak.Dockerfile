ARG BUILDER_IMAGE=local_builder

FROM scratch AS local_builder
COPY src /src

FROM ${BUILDER_IMAGE} AS builder

FROM scratch
COPY --from=builder /src/agentd /bin/
COPY --from=local_builder /src /src
