import BuffonCommand

await RootCommand.execute()
