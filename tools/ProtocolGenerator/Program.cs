using Semel.ProtocolGenerator.Emit;
using Semel.ProtocolGenerator.Parse;

// Writes the generated files of src/Protocol from its schema files, and removes those that no schema asks for any more.
// The only argument, where there is one, is the folder of the protocol assembly.
var protocol = args is [var given] ? given : FindProtocol();
if (protocol is null || !Directory.Exists(Path.Combine(protocol, "Schemas")))
{
    Console.Error.WriteLine($"No schema files in '{protocol ?? "src/Protocol"}'. Run this inside the repository, or give the folder of the protocol assembly.");
    return 2;
}
try
{
    var files = ProtocolEmitter.Emit(SchemaFolder.Read(Path.Combine(protocol, "Schemas")));
    Write(protocol, files);
    Console.WriteLine($"{files.Count} files in {protocol}");
    return 0;
}
catch (SchemaException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static void Write(string protocol, IReadOnlyDictionary<string, string> files)
{
    foreach (var folder in ProtocolEmitter.Folders)
        foreach (var path in Directory.EnumerateFiles(Path.Combine(protocol, folder), "*.g.cs"))
            if (!files.ContainsKey($"{folder}/{Path.GetFileName(path)}"))
                File.Delete(path);
    foreach (var (path, text) in files) File.WriteAllText(Path.Combine(protocol, path), text);
}

static string? FindProtocol()
{
    for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        if (File.Exists(Path.Combine(folder.FullName, "Semel.slnx")))
            return Path.Combine(folder.FullName, "src", "Protocol");
    return null;
}
