update sk.overlays set settings = ${settings:json} where id = ${id}
