-- A picture is shown by one update, in the order in which they were named.
update sk.update_pictures p set update_id = ${updateId}, nth = chosen.nth
from unnest(${pictureIds}::uuid[]) with ordinality chosen (id, nth)
where p.picture_id = chosen.id and p.campaign_id = ${campaignId} and p.update_id is null
returning p.picture_id
