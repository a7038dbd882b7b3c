update sk.campaigns set picture_id = ${pictureId} where id = ${id}
