select card.* from sk.campaign_cards card where id = ${id}
