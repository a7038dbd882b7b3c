insert into sk.pictures (id, mime, width, height, bytes, created_at)
values (${id}, 'image/webp', ${width}, ${height}, ${bytes}, ${now})
