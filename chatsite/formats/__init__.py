"""How dates are written where Django's own formats aren't the house's."""
