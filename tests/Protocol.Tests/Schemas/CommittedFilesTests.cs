using Semel.ProtocolGenerator.Emit;

namespace Semel.Protocol.Tests.Schemas;

public class CommittedFilesTests
{
    [Fact]
    public void The_committed_files_are_what_the_schemas_generate()
    {
        var generated = ProtocolEmitter.Emit(Repository.Schemas);
        foreach (var (path, text) in generated) AssertSame(text, Path.Combine(Repository.Protocol, path));
    }

    [Fact]
    public void No_generated_file_is_left_of_a_schema_that_is_gone()
    {
        var generated = ProtocolEmitter.Emit(Repository.Schemas).Keys.Select(path => Path.Combine(Repository.Protocol, path));
        var committed = ProtocolEmitter.Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Protocol, folder), "*.g.cs"));
        Assert.Equal(generated.Order(StringComparer.Ordinal), committed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_sample_record_is_what_its_schema_generates()
    {
        var generated = ProtocolEmitter.EmitRecords(Repository.Sample, "Semel.Protocol.Tests.Schemas");
        foreach (var (path, text) in generated) AssertSame(text, Path.Combine(Repository.SampleFolder, path));
    }

    static void AssertSame(string generated, string path)
    {
        Assert.True(File.Exists(path), $"{path} is missing: run tools/ProtocolGenerator and commit what it writes");
        Assert.True(generated == File.ReadAllText(path), $"{path} is not what its schema generates: run tools/ProtocolGenerator and commit what it writes");
    }
}
