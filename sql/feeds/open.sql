insert into sk.feeds (name) select unnest(${names}::text[]) on conflict do nothing
