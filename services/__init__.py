"""The services of 澄策之窗; each has the same rooms: events, decider, commands, publishing, readmodels, reactions, api, main."""
