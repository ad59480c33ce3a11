"""A class: assignments to hand out, submissions graded in a cage, reports for the teacher."""
