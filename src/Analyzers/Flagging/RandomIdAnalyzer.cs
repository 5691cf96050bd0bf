using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers;

/// <summary>SEMEL004: a transactional id out of something that is another one after each start.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RandomIdAnalyzer : DiagnosticAnalyzer
{
    static readonly ImmutableHashSet<string> Changing = ImmutableHashSet.Create(
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTimeOffset.Now",
            "System.DateTimeOffset.UtcNow", "System.Environment.ProcessId",
        "System.Environment.TickCount", "System.Environment.TickCount64", "System.IO.Path.GetRandomFileName", "System.Random.Next", "System.Random.NextInt64",
            "System.Diagnostics.Process.Id");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Rules.RandomId);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Look, SyntaxKind.SimpleAssignmentExpression);
    }

    static void Look(SyntaxNodeAnalysisContext context)
    {
        var assignment = (AssignmentExpressionSyntax)context.Node;
        if (!IsId(assignment.Left, context)) return;
        foreach (var node in assignment.Right.DescendantNodesAndSelf().OfType<MemberAccessExpressionSyntax>())
        {
            if (context.SemanticModel.GetSymbolInfo(node, context.CancellationToken).Symbol is not { ContainingType: { } type } symbol) continue;
            var name = $"{type.ToDisplayString()}.{symbol.Name}";
            if (!Changing.Contains(name)) continue;
            context.ReportDiagnostic(Diagnostic.Create(Rules.RandomId, node.GetLocation(), $"{type.Name}.{symbol.Name}"));
            return;
        }
    }

    static bool IsId(ExpressionSyntax left, SyntaxNodeAnalysisContext context)
    {
        var symbol = context.SemanticModel.GetSymbolInfo(left, context.CancellationToken).Symbol;
        if (symbol is not IPropertySymbol property || !IsConfig(property.ContainingType)) return false;
        if (!property.IsIndexer) return property.Name == "TransactionalId";
        var arguments = left switch
        {
            ElementAccessExpressionSyntax access => access.ArgumentList,
            ImplicitElementAccessSyntax inInitializer => inInitializer.ArgumentList,
            _ => null,
        };
        return arguments is not null && context.SemanticModel.GetConstantValue(arguments.Arguments[0].Expression,
            context.CancellationToken).Value is "transactional.id";
    }

    static bool IsConfig(ITypeSymbol type) => type.Is(Names.Client, "ClientConfig") || type.Is(Names.Compat, "Config");
}
