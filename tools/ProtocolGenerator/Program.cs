using Semel.ProtocolGenerator.Emit;
using Semel.ProtocolGenerator.Parse;

// Without arguments: writes the generated files of src/Protocol from its schema files, and removes those that no schema asks for any more.
// With `records FOLDER NAMESPACE`: writes the classes of the log records that FOLDER's schema files declare beside those files.
var protocol = FindProtocol();
if (protocol is null)
{
    Console.Error.WriteLine("No Semel.slnx in this folder or above it. Run the generator inside the repository.");
    return 2;
}
var schemas = Path.Combine(protocol, "Schemas");
try
{
    switch (args)
    {
        case []:
            return Write(protocol, ProtocolEmitter.Emit(SchemaFolder.Read(schemas)), ProtocolEmitter.Folders);
        case ["records", var folder, var @namespace]:
            return Write(folder, ProtocolEmitter.EmitRecords(SchemaFolder.Read(folder, typesFrom: schemas), @namespace), [""]);
        default:
            Console.Error.WriteLine("Give no arguments, or: records FOLDER NAMESPACE");
            return 2;
    }
}
catch (SchemaException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static int Write(string root, IReadOnlyDictionary<string, string> files, IEnumerable<string> folders)
{
    foreach (var folder in folders)
        foreach (var path in Directory.EnumerateFiles(Path.Combine(root, folder), "*.g.cs"))
            if (!files.ContainsKey(Path.Combine(folder, Path.GetFileName(path)).Replace('\\', '/')))
                File.Delete(path);
    foreach (var (path, text) in files) File.WriteAllText(Path.Combine(root, path), text);
    Console.WriteLine($"{files.Count} files in {root}");
    return 0;
}

static string? FindProtocol()
{
    for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        if (File.Exists(Path.Combine(folder.FullName, "Semel.slnx")))
            return Path.Combine(folder.FullName, "src", "Protocol");
    return null;
}
