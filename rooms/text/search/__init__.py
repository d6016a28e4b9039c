"""What 'matches' means: texts, and what people look for, as they are compared.

An index finds candidates by their grams, whatever the database; what decides is `Query.matches`,
applied to each candidate. So an index may lag behind and may hold too much, but a text that matches
always has the grams that its query needs. Pure: knows no model, asks no database.
"""
