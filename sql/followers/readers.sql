-- The no-op update makes a reader that was there before return its row as well.
insert into sk.readers (email_normalised) select unnest(${emails}::text[])
on conflict (email_normalised) do update set email_normalised = excluded.email_normalised
returning id, email_normalised
