# Production only: needs DATABASE_URL (a PostgreSQL) and DESKBELL_KEY (or DESKBELL_KEY_FILE). Without a database the
# start is refused, because the trial mode that would stand in for it is switched off here.
#   docker build -t deskbell . && docker run -p 3000:3000 -e DATABASE_URL=... -e DESKBELL_KEY=... deskbell
FROM node:24-slim
WORKDIR /app
COPY package.json package-lock.json ./
COPY patches ./patches
RUN npm ci --omit=dev && npm cache clean --force
COPY drizzle ./drizzle
COPY templates ./templates
COPY src ./src
ENV NODE_ENV=production DESKBELL_TRIAL=never HOST=0.0.0.0 PORT=3000
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 here: no shell or npm stands between the SIGTERM and its clean end.
CMD ["node", "--max-semi-space-size=8", "src/launch.mjs", "start"]
