from scratch AS base
COPY src /src

FROM base
COPY --form=base /src/agentd /bin/
