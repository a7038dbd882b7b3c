select count(*)::int as n
from sk.campaign_members m join sk.campaigns c on c.id = m.campaign_id
where m.user_id = ${ownerId} and m.role = 'owner' and c.status in ('draft', 'in_review', 'rejected')
