insert into sk.notices (gateway, dedupe_key, reference, kind, outcome, detail, raw_body)
values (${gateway}, ${dedupeKey}, ${reference}, ${kind}, 'failed', ${detail}, ${rawBody})
on conflict (gateway, dedupe_key) do nothing
