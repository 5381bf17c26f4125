# syntax=docker/dockerfile:1
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages too: the compiler and Vite bring what is native in them as such.
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY operations ./operations
COPY pages ./pages
COPY src ./src
RUN npm run build && rm dist/.tsbuildinfo

FROM node:24.21.0-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What an SDK of OpenTelemetry or amazon-sns needs beside the gateway: names with a space between, none by default.
ARG EXTRA_PACKAGES=""
# No optional packages: they are a second Node, for development machines. The client is for REDIS_URL.
RUN npm ci --omit=dev --omit=optional \
 && npm install --save-prod --save-exact --omit=dev --omit=optional @redis/client@6.3.1 ${EXTRA_PACKAGES}

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 GATEWAY_WORKER_PORT=4001
WORKDIR /app
COPY --from=packages /app/package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY bin ./bin
COPY deploy/opentelemetry.mjs ./deploy/
COPY --from=build /app/dist ./dist
# Nothing is written: run it with a read-only root filesystem. Secrets come with the environment or a mounted file.
USER node
EXPOSE 4000 4001
# One of the two answers: what serves has the first, `work` the second. An empty PORT is an absent one to the gateway.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "Promise.any([process.env.PORT || 4000, process.env.GATEWAY_WORKER_PORT].map((port) => fetch(`http://127.0.0.1:${port}/livez`).then((answer) => answer.ok || Promise.reject()))).then(() => process.exit(0), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/gateway.js"]
CMD ["serve"]
