"""A graph as a table and as a picture, with what differentiation appends."""

import symdiff as sd

x, w, b = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("b")
prediction = sd.sigmoid(x @ w + b)
print(sd.table(prediction, [w, b]))  # below the line: what differentiation appends
picture = sd.draw(prediction, [w, b], names={"z": x @ w + b, "ŷ": prediction})
print(picture)  # picture.svg is the drawing
