# What runs is compiled, as in the published package: it starts without stripping types and carries no source.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production NORTHBOUND_DATA_DIR=/data
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY bin bin
COPY schemas schemas
COPY deploy/healthcheck.js deploy/
COPY --from=build /app/dist dist
COPY --from=build /app/src/web src/web
RUN ln -s /app/bin/northbound.js /usr/local/bin/northbound
# A new volume takes over the owner and the mode of the directory that it is mounted on.
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8443 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "deploy/healthcheck.js"]
# No shell in between: what `docker stop` sends reaches Node.
CMD ["northbound", "serve"]
