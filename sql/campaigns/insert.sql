-- A slug that is taken makes no row; one that another transaction is taking is waited for.
with made as (
  insert into sk.campaigns (id, slug, title, story, story_html, category, goal_minor, ends_on, timezone, beneficiary, permit_number,
    owner_name, created_at)
  values (${id}, ${slug}, ${title}, ${story}, ${storyHtml}, ${category}, ${goalMinor}, ${endsOn}, ${timezone}, ${beneficiary},
    ${permitNumber}, ${ownerName}, ${now})
  on conflict (slug) do nothing
  returning id
), totals as (
  insert into sk.campaign_totals (campaign_id) select id from made
), team as (
  insert into sk.campaign_members (campaign_id, user_id, role) select id, ${ownerId}, 'owner' from made
)
select id from made
