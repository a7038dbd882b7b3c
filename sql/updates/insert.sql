insert into sk.campaign_updates (id, campaign_id, number, author_id, title, body, body_html, proof_of_use, posted_at)
values (${id}, ${campaignId},
  (select coalesce(max(number), 0) + 1 from sk.campaign_updates where campaign_id = ${campaignId}),
  ${authorId}, ${title}, ${text}, ${html}, ${proofOfUse}, ${now})
