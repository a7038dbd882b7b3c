-- Full text over campaigns, in both languages of their writers. Both extensions are trusted: whoever owns the
-- database may make them.
-- Up Migration
set role sk_owner;

create extension if not exists unaccent with schema sk;
create extension if not exists pg_trgm with schema sk;

-- Lower case without accents. Immutable, because the dictionary is named and never changed.
create function sk.folded(words text) returns text language sql immutable strict parallel safe
  set search_path = pg_catalog, sk as $$ select sk.unaccent('sk.unaccent'::regdictionary, lower(words)) $$;

-- A title counts most, then who receives and what for, then the story. Stems of both languages stand side by side:
-- nobody says in which one they write. `simple` keeps names as they are.
create function sk.campaign_words(title text, beneficiary text, category text, story text) returns tsvector
  language sql immutable parallel safe set search_path = pg_catalog, sk as $$
  select setweight(to_tsvector('indonesian', sk.folded(title)) || to_tsvector('english', sk.folded(title))
      || to_tsvector('simple', sk.folded(title)), 'A')
    || setweight(to_tsvector('indonesian', sk.folded(beneficiary)) || to_tsvector('simple', sk.folded(beneficiary))
      || to_tsvector('simple', replace(category, '-', ' ')), 'B')
    || setweight(to_tsvector('indonesian', sk.folded(story)) || to_tsvector('english', sk.folded(story)), 'D')
$$;

alter table sk.campaigns add column search tsvector
  generated always as (sk.campaign_words(title, beneficiary, category, story)) stored;
create index campaigns_search on sk.campaigns using gin (search);
create index campaigns_alike on sk.campaigns using gin (sk.folded(title) sk.gin_trgm_ops);

-- What somebody typed, as a query: every word has to be there, as a stem of either language or as the beginning of a
-- word. Only letters and digits get into it, so nothing that is typed is read as an operator. Words that a language
-- passes over are passed over, unless there are no others.
create function sk.search_query(asked text) returns tsquery language plpgsql immutable parallel safe
  set search_path = pg_catalog, sk as $$
declare
  word text;
  stems tsquery;
  wanted tsquery;
  little tsquery;
begin
  for word in
    select distinct w from (
      select w from regexp_split_to_table(sk.folded(asked), '[^[:alnum:]]+') as w where w <> '' limit 8
    ) as first_eight
  loop
    stems := to_tsquery('simple', word || ':*');
    -- PostgreSQL knows no little words of Indonesian.
    if word in ('yang', 'dan', 'di', 'ke', 'dari', 'untuk', 'bagi', 'pada', 'dengan', 'oleh', 'para', 'ini', 'itu')
      or numnode(plainto_tsquery('indonesian', word)) = 0 or numnode(plainto_tsquery('english', word)) = 0 then
      little := coalesce(little && stems, stems);
    else
      stems := stems || plainto_tsquery('indonesian', word) || plainto_tsquery('english', word);
      wanted := coalesce(wanted && stems, stems);
    end if;
  end loop;
  return coalesce(wanted, little, ''::tsquery);
end $$;

grant execute on function sk.folded, sk.campaign_words, sk.search_query, sk.unaccent(regdictionary, text),
  sk.word_similarity to sk_app;

reset role;
