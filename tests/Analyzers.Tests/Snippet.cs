using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Formatting;

namespace Semel.Analyzers.Tests;

/// <summary>
/// A piece of code that is compiled against the real assemblies and looked at. What a rule is to tell stands in it between [| and |].
/// </summary>
sealed class Snippet
{
    static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(file => Path.GetFileName(file) is var name && (name.StartsWith("System.") || name.StartsWith("Semel.")
            || name is "mscorlib.dll" or "netstandard.dll" or "Microsoft.Extensions.Logging.Abstractions.dll"))
        .Select(file => MetadataReference.CreateFromFile(file))];

    readonly Document _document;
    readonly ImmutableArray<DiagnosticAnalyzer> _analyzers;

    Snippet(Document document, ImmutableArray<DiagnosticAnalyzer> analyzers) => (_document, _analyzers) = (document, analyzers);

    static Document Make(string code)
    {
        var workspace = new AdhocWorkspace();
        var project = workspace.AddProject(ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Default, "Snippet", "Snippet", LanguageNames.CSharp,
            metadataReferences: References,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable),
                parseOptions: new CSharpParseOptions(LanguageVersion.Latest)));
        return workspace.AddDocument(project.Id, "Snippet.cs", Microsoft.CodeAnalysis.Text.SourceText.From(code));
    }

    /// <summary>Asserts that the code compiles, and that the analyzer tells exactly this rule at exactly what is marked.</summary>
    public static async Task<Snippet> TellsAsync(DiagnosticAnalyzer analyzer, string? rule, string marked)
    {
        var code = marked.Replace("[|", "").Replace("|]", "");
        var snippet = new Snippet(Make(code), [analyzer]);
        Assert.Empty(await snippet.ErrorsAsync());
        var told = await snippet.DiagnosticsAsync();
        Assert.Equal(Marks(marked), told.Select(each => (each.Location.SourceSpan.Start, each.Location.SourceSpan.End)).Order());
        Assert.All(told, each => Assert.Equal(rule, each.Id));
        return snippet;
    }

    static IEnumerable<(int, int)> Marks(string marked)
    {
        var shift = 0;
        for (var at = marked.IndexOf("[|", StringComparison.Ordinal); at >= 0; at = marked.IndexOf("[|", at + 1, StringComparison.Ordinal))
        {
            var end = marked.IndexOf("|]", at, StringComparison.Ordinal);
            yield return (at - shift, end - shift - 2);
            shift += 4;
        }
    }

    async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync() =>
        await (await _document.Project.GetCompilationAsync())!.WithAnalyzers(_analyzers).GetAnalyzerDiagnosticsAsync();

    async Task<IEnumerable<string>> ErrorsAsync() =>
        (await _document.Project.GetCompilationAsync())!.GetDiagnostics().Where(each => each.Severity == DiagnosticSeverity.Error).Select(each =>
            each.ToString());

    /// <summary>Asserts that the fix for what is told first gives this code, and that it compiles.</summary>
    public async Task FixedAsync(CodeFixProvider fix, string expected)
    {
        var action = Assert.Single(await ActionsAsync(fix));
        var operation = (await action.GetOperationsAsync(default)).OfType<ApplyChangesOperation>().Single();
        var changed = operation.ChangedSolution.GetDocument(_document.Id)!;
        changed = await Formatter.FormatAsync(changed, Formatter.Annotation);
        Assert.Equal(expected.ReplaceLineEndings(), (await changed.GetTextAsync()).ToString().ReplaceLineEndings());
        Assert.Empty(await new Snippet(changed, _analyzers).ErrorsAsync());
    }

    /// <summary>Asserts that nothing is offered.</summary>
    public async Task NotFixedAsync(CodeFixProvider fix) => Assert.Empty(await ActionsAsync(fix));

    async Task<List<CodeAction>> ActionsAsync(CodeFixProvider fix)
    {
        var actions = new List<CodeAction>();
        var told = (await DiagnosticsAsync()).OrderBy(each => each.Location.SourceSpan.Start).First();
        await fix.RegisterCodeFixesAsync(new CodeFixContext(_document, told, (action, _) => actions.Add(action), default));
        return actions;
    }
}
