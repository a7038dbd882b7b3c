-- A slug that somebody has or had makes no row; one that another transaction is taking is waited for.
with taken as (
  insert into sk.campaign_slugs (slug, campaign_id, since) values (${slug}, ${id}, ${now})
  on conflict (slug) do nothing
  returning slug, campaign_id
), made as (
  insert into sk.campaigns (id, slug, title, story, story_html, category, goal_minor, ends_on, timezone, beneficiary, permit_number,
    owner_name, created_at)
  select campaign_id, slug, ${title}, ${story}, ${storyHtml}, ${category}, ${goalMinor}, ${endsOn}, ${timezone}, ${beneficiary},
    ${permitNumber}, ${ownerName}, ${now}
  from taken
  returning id
), totals as (
  insert into sk.campaign_totals (campaign_id) select id from made
), money as (
  insert into sk.campaign_money (campaign_id) select id from made
), team as (
  insert into sk.campaign_members (campaign_id, user_id, role) select id, ${ownerId}, 'owner' from made
)
select id from made
