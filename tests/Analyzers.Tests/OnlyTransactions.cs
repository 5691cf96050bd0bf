using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Semel.Analyzers.Tests;

/// <summary>The rule of transactions alone: snippets that have records as well would have two.</summary>
#pragma warning disable RS1001, RS1036 // It is no analyzer to be shipped.
sealed class OnlyTransactions : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rules.TransactionCalls];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(node => MovingOnAnalyzer.Look(node, Rules.TransactionCalls.Id),
            Microsoft.CodeAnalysis.CSharp.SyntaxKind.InvocationExpression);
    }
}
