-- One statement and so one snapshot: the head of the feed belongs to the totals beside it.
select card.*, c.story, c.story_html, c.permit_number, c.owner_name, c.paused_by, f.epoch, f.head, m.role, r.note as review_note
from sk.campaign_cards card
join sk.campaigns c on c.id = card.id
join sk.feeds f on f.name = 'campaign:' || card.id
left join sk.campaign_members m on m.campaign_id = card.id and m.user_id = ${viewerId}
left join lateral (
  select note from sk.campaign_reviews where campaign_id = card.id order by at desc, id desc limit 1
) r on true
-- A slug of an earlier title finds the campaign too.
where card.id = coalesce(${id}, (select campaign_id from sk.campaign_slugs where slug = ${slug}))
