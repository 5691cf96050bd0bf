using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Semel.Analyzers;

/// <summary>
/// A client of Semel.Compat.Confluent that one method makes, uses and disposes of, by nothing but a builder's configuration: all that is known of it stands
/// there, so the
/// method can be moved to Semel.Client as a whole.
/// </summary>
sealed class MovableClient
{
    /// <summary>Types that both sides turn into the same bytes without being told how.</summary>
    static readonly ImmutableHashSet<string> PlainTypes = ImmutableHashSet.Create("string", "byte[]", "int", "long", "float", "double");

    MovableClient(LocalDeclarationStatementSyntax declaration, ObjectCreationExpressionSyntax builder, GenericNameSyntax builderName, ExpressionSyntax config,
        IReadOnlyList<InvocationExpressionSyntax> calls)
    {
        (Declaration, Builder, BuilderName, Config, Calls) = (declaration, builder, builderName, config, calls);
    }

    public LocalDeclarationStatementSyntax Declaration { get; }
    public ObjectCreationExpressionSyntax Builder { get; }
    public GenericNameSyntax BuilderName { get; }
    public ExpressionSyntax Config { get; }
    /// <summary>Every use of the client, each a call of one of its members.</summary>
    public IReadOnlyList<InvocationExpressionSyntax> Calls { get; }
    public string Name => Declaration.Declaration.Variables[0].Identifier.Text;
    public string TypeArguments => BuilderName.TypeArgumentList.ToString();

    /// <summary>Null when the client is made or used in another way.</summary>
    public static MovableClient? Find(ExpressionSyntax use, SemanticModel model, string builder, CancellationToken cancellation)
    {
        if (use is not IdentifierNameSyntax || !use.IsInAsync() || model.GetSymbolInfo(use, cancellation).Symbol is not ILocalSymbol local) return null;
        if (local.DeclaringSyntaxReferences[0].GetSyntax(cancellation) is not VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax declaration } declarator) return null;
        if (declaration.UsingKeyword.IsKind(SyntaxKind.None) || declaration.Declaration.Variables.Count != 1
            || !declaration.Declaration.Type.IsVar) return null;
        if (declarator.Initializer?.Value is not InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0,
            Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Build", Expression: ObjectCreationExpressionSyntax made } }) return null;
        if (made is not { Type: GenericNameSyntax name, ArgumentList.Arguments: { Count: 1 } arguments, Initializer: null }
            || name.Identifier.Text != builder) return null;
        if (!model.GetTypeInfo(made, cancellation).Type.Is(Names.Compat, builder)) return null;
        if (!name.TypeArgumentList.Arguments.All(argument => PlainTypes.Contains(argument.ToString()))) return null;
        var scope = declaration.Ancestors().First(outer =>
            outer is MemberDeclarationSyntax or CompilationUnitSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);
        if (scope is GlobalStatementSyntax) scope = scope.Parent!;
        var calls = new List<InvocationExpressionSyntax>();
        foreach (var other in scope.DescendantNodes().OfType<IdentifierNameSyntax>().Where(node => node.Identifier.Text == local.Name))
        {
            if (!SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(other, cancellation).Symbol, local)) continue;
            if (other.Parent is not MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } || !other.IsInAsync()) return null;
            calls.Add(call);
        }
        return new MovableClient(declaration, made, name, arguments[0].Expression, calls);
    }

    public static string NameOf(InvocationExpressionSyntax call) => ((MemberAccessExpressionSyntax)call.Expression).Name.Identifier.Text;

    /// <summary>The declaration with the other side's builder.</summary>
    public LocalDeclarationStatementSyntax Moved(string config, string build)
    {
        var builder = BuilderName.Identifier.Text;
        var text = $"await using var {Name} = new global::Semel.Client.{builder}{TypeArguments}({config}).{build}();";
        return ((LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement(text)).WithTriviaFrom(Declaration);
    }

    /// <summary>
    /// A producer's configuration: keys stay on the partitions that they are on. Null when the program says something about partitioners itself, which wants a
    /// reader.
    /// </summary>
    public string? ProducerConfig()
    {
        var scope = Declaration.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.ToString() ?? "";
        return scope.IndexOf("partitioner", System.StringComparison.OrdinalIgnoreCase) >= 0 ? null
            : $"new global::Semel.Client.ProducerConfig({Config}) {{ Partitioner = global::Semel.Client.Partitioner.ConsistentRandom }}";
    }

    /// <summary>The message for the other side, when it has a key and a value and nothing else.</summary>
    public string? Message(ExpressionSyntax message)
    {
        var initializer = message switch { ObjectCreationExpressionSyntax made => made.Initializer, ImplicitObjectCreationExpressionSyntax made =>
            made.Initializer, _ => null };
        if (initializer is null || !initializer.Expressions.All(each =>
            each is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "Key" or "Value" } })) return null;
        return $"new global::Semel.Client.Message{TypeArguments} {initializer}";
    }
}
