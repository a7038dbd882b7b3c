update sk.campaign_updates set mailed_through = ${through}, mailed_at = ${finishedAt} where id = ${id}
