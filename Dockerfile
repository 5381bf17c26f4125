# syntax=docker/dockerfile:1
# Node's own image stands in for the Node that npm ci brings to a development machine: no optional packages here.
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional
# For REDIS_URL.
RUN npm install --save-prod --save-exact --omit=dev --omit=optional @redis/client@6.3.1

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Nothing is written: run it with a read-only root filesystem. Secrets come with the environment or a mounted file.
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GATEWAY_WORKER_PORT ?? process.env.PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/gateway.js"]
CMD ["serve"]
