# Every RUN is a script of package.json that CI runs too; there was no engine to build this image when it was written.
#   docker build -t moongate .
#   docker run -v /etc/moongate:/etc/moongate:ro -v moongate:/var/lib/moongate moongate
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN node test/setup/setup.mjs node
RUN npm run --silent build
RUN npm run --silent build:image

FROM node:24-bookworm-slim
ENV NODE_ENV=production
COPY --from=build --chown=root:root /build/dist/image /opt/moongate
COPY --from=build --chown=node:node /build/dist/state /var/lib/moongate
USER node
WORKDIR /var/lib/moongate
VOLUME /var/lib/moongate
STOPSIGNAL SIGTERM
# Needs `listen = "127.0.0.1:8080"` in [web]; with another address, give another check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/moongate/node_modules/moongate/bin/moongate.mjs"]
CMD ["run", "--config", "/etc/moongate/moongate.toml"]
