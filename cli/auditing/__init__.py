"""The auditor's questions: each answer judged anew, with the entries that it rests on."""
